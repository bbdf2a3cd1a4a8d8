namespace rs stock

exception SoldOut {
  1: string article
  2: optional i32 back_in_days
}

typedef SoldOut NothingLeft
